import { isLockId } from '../../domain/command.ts';
import type { StateLock } from '../../domain/state-lock.ts';

const field = (block: string, name: string): string | null =>
  new RegExp(`^\\s*${name}:[ \\t]*(\\S.*?)\\s*$`, 'm').exec(block)?.[1] ?? null;

/** Frames of diagnostics, and a carriage return that a terminal wants. */
const plain = (text: string): string => text.replace(/^[ \t]*[│╷╵] ?/gm, '').replaceAll('\r', '');

/**
 * Who holds the state lock, from what Terraform says when it does not get it; null where it says nothing of a lock.
 *
 * Some backends (http, pg) print the "Lock Info" of the one that asks, not of the one that holds: then only the id in
 * the message itself counts, and nobody is blamed. `asking` is the operation that our question goes by.
 */
export const readTerraformLock = (output: string, asking: string): StateLock | null => {
  const text = plain(output);
  if (!/Error (?:acquiring|locking) (?:the )?state(?: lock)?/i.test(text)) return null;
  const start = text.indexOf('Lock Info:');
  const message = start === -1 ? text : text.slice(0, start);
  const block = start === -1 ? '' : (text.slice(start).split(/\n\s*\n/, 1)[0] ?? '');
  const named = /already locked:\s*ID=(\S+)/.exec(message)?.[1] ?? null;
  const info: StateLock = {
    id: field(block, 'ID'),
    who: field(block, 'Who'),
    operation: field(block, 'Operation'),
    created: field(block, 'Created'),
  };
  const isHolder = info.operation !== asking && (named === null || named === info.id);
  const lock = isHolder ? info : { id: named, who: null, operation: null, created: null };
  return { ...lock, id: lock.id !== null && isLockId(lock.id) ? lock.id : null };
};
