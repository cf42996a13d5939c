/**
 * What a gateway gets in tests that ask whether no request fails, not how quick one is: on a machine that does much else at
 * the same time an answer may take longer than its usual two seconds, and a hand-over longer than its usual five.
 */
export const patientGateway = { GATEWAY_ANSWER_TIME: '20s', GATEWAY_PARKING_TIME: '30s' };
