import { z } from 'zod';
import type { Clock } from '../clock/port.ts';
import type { Channel, ChannelAnswer, Told } from './port.ts';
import { post } from './request.ts';

export interface SlackOptions {
  readonly name: string;
  /** `https://slack.com/api`, or what stands in for it. */
  readonly api: string;
  /** Id of a channel; the bot has to be in it. */
  readonly channel: string;
  /** Of a bot, with `chat:write`. */
  readonly token: string;
  readonly clock: Clock;
}

/** https://docs.slack.dev/reference/methods/chat.postMessage */
const answerSchema = z.object({
  ok: z.boolean(),
  ts: z.string().max(64).optional(),
  error: z
    .string()
    .regex(/^[a-z0-9_]{1,80}$/)
    .optional()
    .catch(undefined),
});

/** What was told before is not there any more, or too old to be changed: it is told anew. */
const cannotEdit: ReadonlySet<string> = new Set([
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
  'is_inactive',
]);
/** The conversation was deleted: another one is begun. */
const noThread: ReadonlySet<string> = new Set(['thread_not_found', 'cannot_reply_to_message']);
/** The message is what is wrong. */
const never: ReadonlySet<string> = new Set([
  'msg_too_long',
  'no_text',
  'invalid_blocks',
  'msg_blocks_too_long',
]);

const marks: Readonly<Record<Told['level'], string>> = {
  information: ':large_green_circle:',
  attention: ':large_yellow_circle:',
  failure: ':red_circle:',
};

/** Slack reads three characters as markup (https://docs.slack.dev/messaging/formatting-message-text#escaping); the rest is text. */
const inert = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const textOf = ({ title, url, level }: Told): string => {
  const link = url === null ? '' : ` <${inert(url)}|Open>`;
  return `${marks[level]} ${inert(title)}${link}`;
};

type Said =
  | { readonly kind: 'ok'; readonly ts: string }
  | { readonly kind: 'no'; readonly error: string }
  | Extract<ChannelAnswer, { kind: 'unavailable' }>;

/**
 * One message for each thing, edited when it changes; those of a pull request are replies to one message of it. Slack knows no key by
 * which a message that was sent twice would be one: where its answer is lost, there may be a second.
 */
export const createSlackChannel = ({ name, api, channel, token, clock }: SlackOptions): Channel => {
  const unavailable = (because: string, retryAfterMs: number | null = null) => ({
    kind: 'unavailable' as const,
    because,
    retryAfterMs,
    conversation: null,
  });

  const call = async (method: string, fields: Readonly<Record<string, unknown>>): Promise<Said> => {
    const answer = await post(clock, {
      url: `${api}/${method}`,
      body: JSON.stringify({ channel, ...fields }),
      headers: {
        'content-type': 'application/json; charset=utf-8',
        authorization: `Bearer ${token}`,
        'user-agent': 'tidegate',
      },
    });
    if (answer.kind === 'failed') return unavailable(answer.because);
    const { status, retryAfterMs, text } = answer;
    if (status < 200 || status >= 300) return unavailable(`it answered ${status}`, retryAfterMs);
    const read = answerSchema.safeParse(parsed(text));
    if (!read.success) return unavailable('its answer cannot be read');
    const { ok, ts, error } = read.data;
    if (ok && ts !== undefined) return { kind: 'ok', ts };
    return { kind: 'no', error: error ?? 'unknown' };
  };

  const sayNew = (told: Told, thread: string | null): Promise<Said> =>
    call('chat.postMessage', {
      text: textOf(told),
      unfurl_links: false,
      unfurl_media: false,
      ...(thread === null ? {} : { thread_ts: thread }),
    });

  const say = async (told: Told, known: string | null, thread: string | null): Promise<Said> => {
    if (known === null) return sayNew(told, thread);
    const edited = await call('chat.update', { ts: known, text: textOf(told) });
    return edited.kind === 'no' && cannotEdit.has(edited.error) ? sayNew(told, thread) : edited;
  };

  const answered = (said: Said, conversation: string | null): ChannelAnswer => {
    if (said.kind === 'ok') return { kind: 'sent', message: said.ts, conversation };
    if (said.kind === 'unavailable') return { ...said, conversation };
    const because = `Slack answered \`${said.error}\``;
    return never.has(said.error) ? { kind: 'refused', because } : { ...unavailable(because), conversation };
  };

  return {
    name,
    edits: true,
    send: async ({ told, conversation, known }) => {
      if (conversation === null) return answered(await say(told, known.message, null), null);
      const begun =
        known.conversation === null
          ? await sayNew(conversation, null)
          : { kind: 'ok' as const, ts: known.conversation };
      if (begun.kind !== 'ok') return answered(begun, null);
      const said = await say(told, known.message, begun.ts);
      if (said.kind !== 'no' || !noThread.has(said.error)) return answered(said, begun.ts);
      const again = await sayNew(conversation, null);
      return again.kind === 'ok' ? answered(await sayNew(told, again.ts), again.ts) : answered(again, null);
    },
  };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
