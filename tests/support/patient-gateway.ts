export { patientGateway } from './wide-limits.js';
