#!/usr/bin/env node
// @ts-check
import process from 'node:process';
import { run } from './commands.mjs';

const stopping = new AbortController();
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT'])) process.on(signal, () => stopping.abort());

process.exitCode = await run(process.argv.slice(2), {
  cwd: process.cwd(),
  environment: process.env,
  now: () => new Date(),
  say: (line) => process.stdout.write(`${line}\n`),
  signal: stopping.signal,
});
