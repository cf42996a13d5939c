/** The other side has written rows of buckets that this side owns: nothing may be applied until a person has decided. */
export class TwoOwners extends Error {
  constructor(capability: string, table: string, buckets: readonly number[]) {
    super(
      `the other side has written rows of ${table} in ${capability}'s bucket ${buckets.join(', ')}, which this side owns: ` +
        'two sides have taken writes. Was a database restored, or failed over to a replica that missed a release? ' +
        'Or were rows changed by hand on the side that does not own them? Stop the writes of these buckets, compare both sides ' +
        '(strangler data verify), and set the row of the side that is wrong to released',
    );
    this.name = 'TwoOwners';
  }
}
