import { deriveId } from '#platform/ownership/derive-id.js';
import type { Answer, Own, Scenario } from '../support/command.js';
import { email, get, noneQueued, phone, post } from './shop-commands.js';

const notify = (body: object, key?: string) => post('/notifications', body, key === undefined ? {} : { key });
const message = (own: Own, others: object = {}) => ({
  ...{ channel: 'email', to: email(own, 'reader'), template: 'message' },
  data: { subject: 'News', text: 'Hello' },
  ...others,
});
const isSent = ({ body }: Answer) => (body as { status?: string }).status !== 'QUEUED';

export const notificationsScenarios: readonly Scenario[] = [
  {
    name: 'messages are queued, and sent',
    commands: (own) => {
      const idOf = (key: string) => deriveId('notifications', own(key));
      return [
        notify(message(own), own('mail')),
        notify(message(own), own('mail')),
        notify(message(own, { data: { subject: 'Other', text: 'Hello' } }), own('mail')),
        get(`/notifications/${idOf('mail')}`, { until: isSent }),
        notify(message(own, { channel: 'sms', to: phone(own, 'reader') }), own('sms')),
        get(`/notifications/${idOf('sms')}`, { until: isSent }),
        get('/notifications/nothing'),
        get('/notifications?orderId=nobody'),
      ];
    },
  },
  {
    name: 'an order is told of once per template and channel',
    commands: (own) => {
      const orderId = own('told');
      const told = { ...message(own), template: 'order-shipped', orderId };
      return [
        notify(told, own('first')),
        notify({ ...told, to: email(own, 'somebody-else') }, own('second')),
        notify(told),
        notify({ ...told, template: 'order-delivered' }, own('third')),
        notify({ ...told, channel: 'sms', to: phone(own, 'told') }, own('fourth')),
        notify({ ...told, template: 'message' }, own('fifth')),
        notify({ ...told, template: 'message' }, own('sixth')),
        get(`/notifications?orderId=${orderId}`, { until: noneQueued }),
      ];
    },
  },
  {
    name: 'what does not fit a message is refused',
    commands: (own) =>
      [
        {},
        message(own, { to: 'nobody' }),
        message(own, { to: phone(own, 'reader') }),
        message(own, { channel: 'sms' }),
        message(own, { channel: 'sms', to: '0123' }),
        message(own, { channel: 'pigeon' }),
        message(own, { template: 'love-letter' }),
        message(own, { data: {} }),
        message(own, { data: { text: '  ' } }),
        message(own, { data: { text: ['a'] } }),
        message(own, { data: { text: 'x'.repeat(2_001) } }),
        message(own, { orderId: 'a b' }),
        message(own, { colour: 'red' }),
      ].map((body) => notify(body)),
  },
];
