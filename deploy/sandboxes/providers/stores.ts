import { businessTable, type Store } from '#contracts/strangler/store.js';
import { schemaJournal } from '#platform/database/shared-stores.js';

const others = 'nobody: they stand for the records of others, and go with the data folder';

/** What is in the schema of the sandbox, which stands for providers outside. */
export const sandboxStores: readonly Store[] = [
  schemaJournal,
  businessTable('charges', 'charges of cards', others),
  businessTable('failed_calls', 'calls that were made to fail', others),
  businessTable('sms_messages', 'messages that were sent', others),
];
