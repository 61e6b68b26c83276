import { createHmac, createSign } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readSettings, startApp } from '../../src/app.ts';
import type { Story, StoryWish } from './story.ts';
import { tellStory } from './story.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface InspectedStory {
  readonly story: Story;
  /** What the server was started with, secrets included. */
  readonly environment: Environment;
}

/** A story whose server can be written to as GitHub would, and started again by hand. */
export const tellInspected = async (wish: StoryWish): Promise<InspectedStory> => {
  const kept: { environment: Environment } = { environment: {} };
  const story = await tellStory({
    ...wish,
    launch: async (environment) => {
      kept.environment = environment;
      const read = await readSettings(environment, { folder: '/', home: '/', warn: () => {} });
      if ('problems' in read) throw new Error(JSON.stringify(read.problems));
      return startApp(read.config, read.secrets, environment, wish.app);
    },
  });
  return { story, environment: kept.environment };
};

export const signature = (body: string | Buffer, secret: string, algorithm = 'sha256'): string =>
  `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`;

export const webhookUrl = (story: Story): string => `${story.world.app.url}/api/github/webhooks`;

/** One webhook, signed as GitHub signs; headers given replace those, null takes one away. Returns the status. */
export const deliver = async (
  { story, environment }: InspectedStory,
  event: string,
  id: string,
  payload: unknown,
  headers: Readonly<Record<string, string | null>> = {},
): Promise<number> => {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const all: Record<string, string | null> = {
    'content-type': 'application/json',
    'x-github-event': event,
    'x-github-delivery': id,
    'x-hub-signature-256': signature(body, environment['WEBHOOK_SECRET'] ?? ''),
    ...headers,
  };
  const response = await fetch(webhookUrl(story), {
    method: 'POST',
    body,
    headers: Object.entries(all).flatMap(([name, value]): [string, string][] =>
      value === null ? [] : [[name, value]],
    ),
  });
  await response.text();
  return response.status;
};

export interface StoredDelivery {
  readonly id: string;
  readonly event: string;
  readonly state: string;
  readonly reason: string | null;
}

const query = (story: Story, sql: string): readonly Readonly<Record<string, unknown>>[] => {
  const database = new DatabaseSync(path.join(story.folder, 'data', 'tidegate.db'), { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
};

/** Every delivery in the server's store, as rows: what was committed is what counts. */
export const storedDeliveries = (story: Story): readonly StoredDelivery[] =>
  query(story, 'SELECT id, event, state, reason FROM deliveries ORDER BY seq').map((row) => ({
    id: String(row['id']),
    event: String(row['event']),
    state: String(row['state']),
    reason: row['reason'] === null ? null : String(row['reason']),
  }));

/** `project of #number` of every lock that is held. */
export const storedLocks = (story: Story): readonly string[] =>
  query(story, 'SELECT project_key, pull_number FROM locks ORDER BY project_key').map(
    (row) => `${row['project_key']} of #${row['pull_number']}`,
  );

/** `verb state` of every run, oldest first. */
export const storedRuns = (story: Story): readonly string[] =>
  query(story, 'SELECT verb, state FROM runs ORDER BY seq').map((row) => `${row['verb']} ${row['state']}`);

/** `thing given up` or `thing waits` of every report that is not as it should be on GitHub. */
export const unsentReports = (story: Story): readonly string[] =>
  query(story, 'SELECT thing, parked FROM reports WHERE wanted > sent ORDER BY thing').map(
    ({ thing, parked }) => `${thing} ${parked === null ? 'waits' : 'given up'}`,
  );

/** Text of all logs of runs. */
export const runLogs = (story: Story): string => {
  const folder = path.join(story.folder, 'data', 'logs');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.log'))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('');
};

/** One call of the hub's API as the App itself, with a JWT of its key. Returns the parsed answer. */
export const askAsApp = async (
  { story, environment }: InspectedStory,
  method: string,
  address: string,
): Promise<unknown> => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const claims = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iss: environment['APP_ID'], iat: now - 30, exp: now + 300 })}`;
  const signed = createSign('sha256')
    .update(claims)
    .sign(environment['PRIVATE_KEY'] ?? '', 'base64url');
  const response = await fetch(`${story.world.hub.apiUrl}${address}`, {
    method,
    headers: { authorization: `Bearer ${claims}.${signed}` },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${address}: ${response.status} ${text}`);
  return JSON.parse(text);
};
