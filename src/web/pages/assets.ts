import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Context } from 'hono';
import { notFound } from './respond.ts';

const types: Readonly<Record<string, string>> = {
  'style.css': 'text/css; charset=utf-8',
  'run.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** Our own files, read once. */
export const createAssets = (): ((c: Context) => Response) => {
  const files = new Map(
    Object.entries(types).map(([name, type]) => {
      const bytes = readFileSync(new URL(`../assets/${name}`, import.meta.url));
      const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
      return [name, { bytes, type, etag }];
    }),
  );
  return (c) => {
    const file = files.get(c.req.param('name') ?? '');
    if (file === undefined) return notFound();
    const headers = { 'content-type': file.type, etag: file.etag, 'cache-control': 'no-cache' };
    return c.req.header('if-none-match') === file.etag
      ? new Response(null, { status: 304, headers })
      : new Response(file.bytes, { headers });
  };
};
