import { z } from 'zod';
import { type NotificationLevel, notificationLevels, notificationTypes } from '../domain/notification.ts';
import { quoted } from '../domain/quote.ts';
import { matchesGlob } from './globs.ts';
import { anyRepository, asList } from './rules.ts';
import { judged, listOf, section, text } from './schema-parts.ts';
import { repositoryGlobs } from './settings-schema.ts';

const channelName = text('a name of a channel, for example `ops`', /^[a-z0-9][a-z0-9_-]{0,62}$/);

/** Such variables no tool is ever given, whatever the allow-lists say. */
const secretName = text(
  'the name of a variable of the server that begins with `TIDEGATE_`, for example `TIDEGATE_NOTIFY_OPS`',
  /^TIDEGATE_[A-Z0-9_]{1,100}$/,
);

const loopback = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/;

/** What is wrong with an address that secrets are sent to, as the phrase after "it must be". */
const addressProblem = (text: string): string | null => {
  const phrase = 'an address that begins with `https://`, without user and fragment';
  const url = text.length <= 2000 && URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') return phrase;
  if (url.protocol === 'https:') return null;
  return url.protocol === 'http:' && loopback.test(url.hostname) ? null : phrase;
};

const address = judged('an address that begins with `https://`', addressProblem);

const webhook = section({
  url: address.describe('Where events are sent. `http://` only on this machine.'),
  secret: secretName.describe('Variable of the server that holds what signs them, 16 characters at least.'),
});

const slack = section({
  channel: text('the id of a channel of Slack, for example `C0123456789`', /^[CDG][A-Z0-9]{2,30}$/).describe(
    'Id of the channel; the bot has to be in it.',
  ),
  token: secretName.describe("Variable of the server that holds the bot's token (`chat:write`)."),
  api: address
    .default('https://slack.com/api')
    .describe('Where the API of Slack is, for what stands between.'),
});

const event = judged('a type of event, with `*` for any text, for example `apply.*`', (glob) => {
  const phrase = 'a type of event, with `*` for any text, for example `apply.*`';
  if (!/^[a-z.*-]{1,60}$/.test(glob)) return phrase;
  return notificationTypes.some((type) => matchesGlob(glob, type))
    ? null
    : `${phrase}; there is none like this`;
});

const route = section({
  to: listOf(channelName, 'a list of names of channels')
    .min(1, { error: 'a list of one channel or more' })
    .describe('Names of channels.'),
  events: listOf(event, 'a list of types of events').optional().describe('Types (globs). Default: all.'),
  repositories: repositoryGlobs
    .optional()
    .describe('Globs of repositories, as `OWNER/REPOSITORY`. Default: all.'),
  environments: listOf(
    text('an environment, with `*` for any text', /^[^\p{C}]{1,100}$/u),
    'a list of environments',
  )
    .optional()
    .describe('Labels (globs) of environments. Default: any, and none.'),
  level: z
    .enum(notificationLevels, { error: '`information`, `attention` or `failure`' })
    .default('information')
    .describe(
      'The least that is sent. What ends something that was sent (`recovered`) is sent whatever this says.',
    ),
});

/** `notify` of the operator file: who is told of what happens, besides GitHub. */
export const notifySchema = section({
  channels: z
    .record(
      channelName,
      section({
        webhook: webhook
          .optional()
          .describe('Programs: one CloudEvent in each request, signed with HMAC-SHA-256.'),
        slack: slack
          .optional()
          .describe('People: a message for each pull request, replies for its projects.'),
      }).refine((one) => (one.webhook === undefined) !== (one.slack === undefined), {
        error: 'a mapping with either `webhook` or `slack`',
      }),
      { error: 'a mapping of names to channels' },
    )
    .describe('Where to, by name.'),
  routes: listOf(route, 'a list of routes')
    .default([])
    .describe('What goes where. An event goes to each channel that any route sends it to, once.'),
}).check((context) => {
  const { channels, routes } = context.value;
  routes.forEach(({ to }, at) => {
    to.forEach((name, index) => {
      if (Object.hasOwn(channels, name)) return;
      context.issues.push({
        code: 'custom',
        message: `one of the channels; there is no ${quoted(name)}`,
        input: name,
        path: ['routes', at, 'to', index],
      });
    });
  });
});

export type ChannelSettings =
  | { readonly kind: 'webhook'; readonly name: string; readonly url: string; readonly secret: string }
  | {
      readonly kind: 'slack';
      readonly name: string;
      readonly channel: string;
      readonly token: string;
      readonly api: string;
    };

/** What routes look at. */
export interface Routed {
  readonly type: string;
  readonly level: NotificationLevel;
  readonly repository: string;
  readonly environment: string | null;
}

export interface NotifySettings {
  /** `secret` and `token` are names of variables. */
  readonly channels: readonly ChannelSettings[];
  /** Does an event go to that channel? `after`: the level of what was told last of the same thing, if anything was. */
  goesTo(channel: string, event: Routed, after: NotificationLevel | null): boolean;
}

const rank = (level: NotificationLevel): number => notificationLevels.indexOf(level);

export const compileNotify = (raw: z.infer<typeof notifySchema> | undefined): NotifySettings => {
  const channels = Object.entries(raw?.channels ?? {}).flatMap(([name, { webhook, slack }]) => [
    ...(webhook === undefined ? [] : [{ kind: 'webhook' as const, name, ...webhook }]),
    ...(slack === undefined
      ? []
      : [{ kind: 'slack' as const, name, ...slack, api: slack.api.replace(/\/+$/, '') }]),
  ]);
  const routes = (raw?.routes ?? []).map(({ to, events, repositories, environments, level }) => {
    const isOf = repositories === undefined ? () => true : anyRepository(asList(repositories));
    return {
      to,
      takes: (event: Routed, after: NotificationLevel | null): boolean =>
        (events === undefined || events.some((glob) => matchesGlob(glob, event.type))) &&
        isOf(event.repository) &&
        (environments === undefined ||
          (event.environment !== null &&
            environments.some((glob) => matchesGlob(glob, event.environment ?? '')))) &&
        // Whoever was told that something is wrong is told that it is over.
        (rank(event.level) >= rank(level) || (after !== null && rank(after) >= rank(level))),
    };
  });
  return {
    channels,
    goesTo: (channel, event, after) =>
      routes.some(({ to, takes }) => to.includes(channel) && takes(event, after)),
  };
};
