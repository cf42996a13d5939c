/** A header that two answers may differ in. */
interface ExcludedHeader {
  header: string;
  why: string;
}

/** A value of a body that two answers may differ in; that it is there, and of its form, counts all the same. */
interface ExcludedValue {
  value: string;
  why: string;
  /** Name of the field, and the text in it. */
  fits: (field: string, text: string) => boolean;
  shownAs: string;
}

/**
 * All that is not compared. Ids that were minted are no exclusion: they are compared by what they stand for, as
 * `compare-answers.ts` tells.
 */
export const excludedHeaders: readonly ExcludedHeader[] = [
  { header: 'date', why: 'each answer has its own time' },
  { header: 'connection', why: 'it is about the connection to whoever answers, not about the answer' },
  { header: 'keep-alive', why: 'it is about the connection to whoever answers, not about the answer' },
  { header: 'transfer-encoding', why: 'it is about how the body travels; the body is compared' },
  {
    header: 'content-length',
    why: 'the body is compared, and times in it may differ in nothing but their value',
  },
  {
    header: 'x-served-by',
    why: 'the gateway tells operators by it which side has answered; the monolith has no sides',
  },
  {
    header: 'cache-control',
    why: 'the gateway forbids caches to keep the errors that it makes itself; the contract says nothing of caches',
  },
];

/** A list whose order two answers may differ in, other than among the items of one group. */
interface ExcludedOrder {
  list: string;
  why: string;
  groupOf: (item: unknown) => string;
}

export const excludedOrders: readonly ExcludedOrder[] = [
  {
    list: 'timeline',
    why:
      'each capability says by its own clock when something happened: stock that another side puts back may ' +
      'be there just before or just after its order is cancelled. What one capability tells stays in order',
    groupOf: (item) => String((item as { type?: unknown }).type).replace(/\..*$/, ''),
  },
];

/** Fields of the contract that hold a time. */
const timeFields = ['createdAt', 'updatedAt', 'lastOrderAt', 'at'];

export const excludedValues: readonly ExcludedValue[] = [
  {
    value: 'times',
    why: 'each shop has done it at its own time',
    fits: (field, text) =>
      timeFields.includes(field) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text),
    shownAs: 'a time',
  },
  {
    value: 'cursors',
    why: 'they are opaque, and hold the time and the id of the last row; the next page is compared',
    fits: (field, text) => field === 'nextCursor' && /^[\w-]+$/.test(text),
    shownAs: 'a cursor',
  },
];
