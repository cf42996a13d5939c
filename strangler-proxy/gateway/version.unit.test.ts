import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { gatewayVersion } from './version.js';

it("the gateway's version is the package's", () => {
  const { version } = JSON.parse(readFileSync(`${import.meta.dirname}/../../package.json`, 'utf8')) as {
    version: string;
  };
  expect(gatewayVersion).toBe(version);
});
