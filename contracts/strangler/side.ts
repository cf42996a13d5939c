/** Where a request is answered, or a row is owned: the legacy program, or the service that was carved out of it. */
export type Side = 'monolith' | 'service';
