import type { Clock } from '../clock/port.ts';

/** What a server answered to a POST, as far as it is looked at. */
export type Answered =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly retryAfterMs: number | null;
      readonly text: string;
    }
  | { readonly kind: 'failed'; readonly because: string };

export interface Posting {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** For the whole of it: whoever is slower is asked again later. */
const timeoutMs = 10_000;
/** A waiting time that is longer than this is an error of theirs. */
const longestWaitMs = 3_600_000;
const mostBytes = 64 * 1024;

/** `Retry-After` in seconds (RFC 9110, 10.2.3). Dates are left out: nobody here sends one, and clocks differ. */
const retryAfter = (value: string | null): number | null => {
  const seconds = value === null || !/^\d{1,6}$/.test(value) ? null : Number(value);
  return seconds === null ? null : Math.min(seconds * 1000, longestWaitMs);
};

/** The beginning of the answer; the rest of a long one is not waited for. */
const beginningOf = async (response: Response): Promise<string> => {
  const reader = response.body?.getReader();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  while (reader !== undefined && bytes < mostBytes) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    bytes += value.byteLength;
  }
  await reader?.cancel();
  return Buffer.concat(parts).toString('utf8');
};

/**
 * One POST that follows no redirect: where it goes is the operator's word, and the secret that comes along is for that place alone.
 * Never throws for what the other side does; what it says names no address, which may hold a secret.
 */
export const post = async (clock: Clock, { url, headers, body }: Posting): Promise<Answered> => {
  const over = new AbortController();
  const done = new AbortController();
  const late = clock.sleep(timeoutMs, done.signal).then(() => over.abort());
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: over.signal,
    });
    const text = await beginningOf(response);
    return {
      kind: 'answered',
      status: response.status,
      retryAfterMs: retryAfter(response.headers.get('retry-after')),
      text,
    };
  } catch (error) {
    return { kind: 'failed', because: over.signal.aborted ? 'it took longer than 10 s' : causeOf(error) };
  } finally {
    done.abort();
    await late;
  }
};

/** The code of the network's error, never its message: that one may name the address. */
const causeOf = (error: unknown): string => {
  const cause = error instanceof Error ? error.cause : null;
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code)
    ? `it cannot be reached (${code})`
    : 'it cannot be reached';
};
