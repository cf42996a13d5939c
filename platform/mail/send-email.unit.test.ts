import { describe, expect, it } from '@jest/globals';
import { judgeSmtpError } from './send-email.js';

const smtpError = (command: string, responseCode?: number) =>
  Object.assign(new Error('said the server'), { command, responseCode });

describe('a mail that the server does not take', () => {
  it.each([
    ['an unknown recipient', smtpError('RCPT TO', 550), 'refused'],
    ['a text that is taken for spam', smtpError('DATA', 554), 'refused'],
    ['an address that is none', smtpError('API'), 'refused'],
    ['a full mailbox', smtpError('RCPT TO', 452), 'failed'],
    ['our sender', smtpError('MAIL FROM', 550), 'failed'],
    ['our password', smtpError('AUTH PLAIN', 535), 'failed'],
    ['a lost connection', smtpError('CONN'), 'failed'],
    ['anything else', new TypeError('?'), 'failed'],
  ])('because of %s is %s', (_why, error, result) => {
    expect(judgeSmtpError(error, false)).toMatchObject({ result });
  });

  it.each([
    ['nothing', smtpError('CONN'), 'unanswered'],
    ['that it is taken for spam', smtpError('DATA', 554), 'refused'],
    ['that there is no room', smtpError('DATA', 452), 'failed'],
    ['that the server ends', smtpError('CONN', 421), 'failed'],
  ])('after its whole text, saying %s, is judged', (_what, error, result) => {
    expect(judgeSmtpError(error, true)).toMatchObject({ result });
  });
});
