import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { QueryTypes } from 'sequelize';
import request from 'supertest';
import type { MailLimits } from '#platform/mail/send-email.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { startTestNotifications } from '../../extracted/notifications/test/start-test-notifications.js';
import { newEmail } from '../../legacy-monolith/test/shop-client.js';
import { startTestMonolith } from '../../legacy-monolith/test/start-test-monolith.js';
import { slowMailServer, type SlowMailServer } from '../support/slow-mail-server.js';
import { until } from '../support/until.js';
import { wideMs } from '../support/wide-limits.js';

const minutes = 60_000;
/** The column of each side that says when a message is due. */
const due = { monolith: 'next_attempt_at', service: 'due_at' } as const;
const starts = { monolith: startTestMonolith, service: startTestNotifications };

describe.each(['monolith', 'service'] as const)('a mail of the %s', (side) => {
  let mail: SlowMailServer;
  let program: Awaited<ReturnType<(typeof starts)[typeof side]>>;
  const start = async (limits: Partial<MailLimits> = {}) => {
    const mailLimits = { textMs: wideMs, promptMs: 100, replyMs: 10 * minutes, ...limits };
    program = await starts[side]({ smtpUrl: mail.smtpUrl, mailLimits });
  };
  beforeEach(async () => {
    mail = await slowMailServer();
  });
  afterEach(async () => {
    await program.stop();
    await mail.stop();
  });

  async function send(): Promise<string> {
    const body = { channel: 'email', to: newEmail(), template: 'message', data: { text: 'Hello' } };
    return (await request(program.app).post('/notifications').send(body).expect(202)).body.notificationId;
  }
  const read = async (id: string) => (await request(program.app).get(`/notifications/${id}`)).body;
  const attempted = (id: string, times = 1) =>
    until(`attempt ${times} is written down`, async () => (await read(id)).attempts === times);
  async function row(id: string): Promise<{ unanswered: number; pause: number }> {
    const [found] = await program.database.query<{ unanswered: number; pause: number }>(
      `SELECT unanswered, TIMESTAMPDIFF(SECOND, updated_at, ${due[side]}) AS pause FROM notifications
       WHERE notification_id = ?`,
      { replacements: [id], type: QueryTypes.SELECT },
    );
    return found!;
  }
  const makeDue = (id: string) =>
    program.database.query(
      `UPDATE notifications SET ${due[side]} = UTC_TIMESTAMP(3) WHERE notification_id = ?`,
      {
        replacements: [id],
      },
    );
  const leases = async () =>
    (await program.database.query('SELECT 1 FROM notification_leases', { type: QueryTypes.SELECT })).length;

  it('is sent once where its answer takes its time, and keeps no other mail and no hand-over waiting', async () => {
    await start();
    mail.hold();
    const id = await send();
    await attempted(id);
    expect(await read(id)).toMatchObject({ status: 'QUEUED', attempts: 1 });
    expect(await row(id)).toEqual({ unanswered: 1, pause: 660 });
    const another = await send();
    await attempted(another);
    // As a release does: it needs the bucket's row for itself.
    await program.database.query("UPDATE notifications_ownership SET state = 'owned' WHERE bucket = ?", {
      replacements: [bucketOfKey('notifications', id)],
    });
    mail.carryOn();
    for (const one of [id, another])
      await until('it is sent', async () => (await read(one)).status === 'SENT');
    expect(await read(id)).toMatchObject({ attempts: 1, version: 3 });
    expect(mail.begun()).toBe(2);
    expect(await leases()).toBe(0);
  });

  it('is not sent again by anybody while its answer is waited for', async () => {
    await start();
    mail.hold();
    const id = await send();
    await attempted(id);
    await makeDue(id);
    const { databaseUrl } = program;
    const second = await starts[side]({ smtpUrl: mail.smtpUrl, databaseUrl });
    mail.carryOn();
    await until('it is sent', async () => (await read(id)).status === 'SENT');
    expect(mail.begun()).toBe(1);
    await second.stop();
  });

  it('is sent three times at most by a server that hangs up behind the text', async () => {
    await start();
    mail.hangUp();
    const id = await send();
    await attempted(id);
    expect(await row(id)).toEqual({ unanswered: 1, pause: 15 * 60 });
    await makeDue(id);
    await attempted(id, 2);
    expect(await row(id)).toEqual({ unanswered: 2, pause: 30 * 60 });
    await makeDue(id);
    await attempted(id, 3);
    expect(await read(id)).toMatchObject({ status: 'FAILED', attempts: 3 });
    expect(mail.begun()).toBe(3);
  });

  it('is over after the deadline for its answer, and is due again much later', async () => {
    await start({ replyMs: 300 });
    mail.hold();
    const id = await send();
    await until('its answer is given up', async () => (await row(id)).pause === 15 * 60);
    expect(await read(id)).toMatchObject({ status: 'QUEUED', attempts: 1 });
    expect((await row(id)).unanswered).toBe(1);
    expect(mail.begun()).toBe(1);
  });

  it('is tried again soon where the server hangs before the text', async () => {
    await start({ textMs: 300 });
    mail.hangBefore();
    const id = await send();
    await attempted(id);
    const { unanswered, pause } = await row(id);
    expect(unanswered).toBe(0);
    expect(pause).toBeLessThanOrEqual(1);
    mail.carryOn();
    await until('it is sent', async () => (await read(id)).status === 'SENT');
    expect(mail.begun()).toBe(1);
  });

  it('whose answer is waited for does not hold the end of its program up, and stays queued', async () => {
    program = await starts[side]({ idle: true });
    const sender = await starts[side]({
      ...{ databaseUrl: program.databaseUrl, smtpUrl: mail.smtpUrl },
      mailLimits: { textMs: wideMs, promptMs: 100, replyMs: 10 * minutes },
    });
    mail.hold();
    const id = await send();
    await attempted(id);
    await sender.stop();
    expect(await read(id)).toMatchObject({ status: 'QUEUED', attempts: 1 });
    expect(mail.begun()).toBe(1);
  });
});
