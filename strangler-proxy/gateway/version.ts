/** Version of the package, as the gateway tells it. */
export const gatewayVersion = '0.1.0';
