import type { Clock } from '../clock/port.ts';
import type { ChannelSettings } from '../config/notify.ts';
import { UserError } from '../domain/problem.ts';
import type { Channel } from '../notify/port.ts';
import { createSlackChannel } from '../notify/slack.ts';
import { createWebhookChannel } from '../notify/webhook.ts';

interface Opening {
  readonly channels: readonly ChannelSettings[];
  /** The server's own. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Told each secret before anything is sent. */
  readonly hide: (secret: string) => void;
}

const shortestSecret = 16;

/** Throws UserError `cannot-start` where a variable that a channel names is not set. */
export const openChannels = ({ channels, environment, clock, hide }: Opening): readonly Channel[] => {
  const secretOf = (channel: string, variable: string, shortest: number): string => {
    const secret = environment[variable]?.trim() ?? '';
    if (secret.length < shortest)
      throw new UserError({
        code: 'cannot-start',
        sentence:
          secret === ''
            ? `The channel \`${channel}\` of \`notify\` asks for the variable \`${variable}\`, which is not set.`
            : `The variable \`${variable}\`, which the channel \`${channel}\` of \`notify\` asks for, is shorter than ${shortest} characters.`,
        advice: `Set \`${variable}\` in the environment of the server, or take the channel out of the operator file.`,
      });
    hide(secret);
    return secret;
  };
  return channels.map((one) => {
    if (one.kind === 'webhook')
      return createWebhookChannel({
        name: one.name,
        url: one.url,
        secret: secretOf(one.name, one.secret, shortestSecret),
        clock,
      });
    return createSlackChannel({
      name: one.name,
      api: one.api,
      channel: one.channel,
      token: secretOf(one.name, one.token, 1),
      clock,
    });
  });
};
