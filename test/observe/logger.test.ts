import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Log } from '../../src/observe/log.ts';
import { createLogger, createPino } from '../../src/observe/logger.ts';
import { createMask } from '../../src/observe/masking.ts';

const secret = 'hunter2 "and" more';
const lineSchema = z.looseObject({ level: z.string(), time: z.number(), msg: z.string() });

const capture = (level: 'debug' | 'info' | 'silent' = 'info') => {
  const written: string[] = [];
  const mask = createMask();
  mask.add(secret);
  const options = { level, mask, destination: { write: (text: string) => void written.push(text) } };
  return { written, options, lines: () => written.map((text) => lineSchema.parse(JSON.parse(text))) };
};

test('one line of JSON each, with its facts and those of its parents', () => {
  const { options, written, lines } = capture();
  const log: Log = createLogger(options).child({ room: 'store' }).child({ run: 'r1' });
  log.info('planned', { changes: 3 });
  log.debug('not at this level');
  log.warn('careful');
  log.error('broken', { run: 'r2' });
  expect(written.every((text) => text.endsWith('\n') && text.indexOf('\n') === text.length - 1)).toBe(true);
  expect(lines()).toMatchObject([
    { level: 'info', msg: 'planned', room: 'store', run: 'r1', changes: 3 },
    { level: 'warn', msg: 'careful', room: 'store' },
    { level: 'error', msg: 'broken', run: 'r2' },
  ]);
});

test('the level is kept; silent says nothing', () => {
  const debug = capture('debug');
  createLogger(debug.options).debug('seen');
  expect(debug.lines()).toHaveLength(1);
  const silent = capture('silent');
  createLogger(silent.options).error('unseen');
  expect(silent.written).toEqual([]);
});

test('no secret gets out: message, facts at any depth, names of facts, errors and their causes', () => {
  const { options, written, lines } = capture();
  const log = createLogger(options);
  const cause = new Error(`cause ${secret}`);
  log.child({ secret }).info(`it is ${secret}`, {
    deep: { list: [1, { value: `x${secret}x` }] },
    [secret]: true,
    encoded: Buffer.from(secret).toString('base64'),
    error: new Error(`failed: ${secret}`, { cause }),
    headers: { authorization: 'whatever', accept: '*/*' },
    said: 'Authorization: Bearer abc\nnext',
  });
  for (const text of written) {
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('aHVudGVyMi');
    expect(text).not.toContain('whatever');
    expect(text).not.toContain('abc');
  }
  expect(lines()).toMatchObject([
    {
      secret: '***',
      msg: 'it is ***',
      deep: { list: [1, { value: 'x***x' }] },
      error: { type: 'Error', message: 'failed: ***', cause: { message: 'cause ***' } },
      headers: { authorization: '***', accept: '*/*' },
      said: 'Authorization: ***\nnext',
    },
  ]);
});

test('a line stays JSON whatever is in it', () => {
  const { options, lines } = capture();
  const circular: Record<string, unknown> = { big: 1n, odd: '\u202e\0\ud800"\\' };
  circular['self'] = circular;
  createLogger(options).info('strange', { circular, nothing: undefined, fn: () => 1 });
  expect(lines()).toMatchObject([{ msg: 'strange', circular: { odd: expect.any(String) } }]);
});

test('a library that is given pino itself goes through the same mask', () => {
  const { options, lines } = capture();
  createPino(options)
    .child({ name: secret })
    .info({ err: new Error(secret) }, 'used %s', secret);
  expect(lines()).toMatchObject([{ name: '***', msg: 'used ***', err: { message: '***' } }]);
});
