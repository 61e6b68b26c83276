import { text } from './schema-parts.ts';

const milliseconds = { s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `90s`, `15m` or `2h` in milliseconds. */
export const durationMs = (text: string): number => {
  const unit = text.endsWith('s') ? 's' : text.endsWith('m') ? 'm' : 'h';
  return Number.parseInt(text, 10) * milliseconds[unit];
};

const longestMs = 24 * milliseconds.h;

/** Up to a day; what is written is kept, so that a message can show it. */
export const durationSchema = (example: string) => {
  const phrase = `a duration from \`1s\` to \`24h\`, for example \`${example}\``;
  return text(phrase, /^[1-9]\d{0,4}(?:s|m|h)$/).refine((value) => durationMs(value) <= longestMs, {
    error: 'a duration from `1s` to `24h`',
  });
};
