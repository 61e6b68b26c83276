import { createHash } from 'node:crypto';
import { appliedRef } from '../../domain/applied-ref.ts';
import { projectKeyFromText } from '../../domain/ids.ts';
import type { FlowPorts } from '../ports.ts';
import { type Draft, digestOf } from './digest.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Null: nothing is applied any more, or of no environment. */
export const appliedRefDraft = async (
  { forge, store }: Pick<FlowPorts, 'forge' | 'store'>,
  project: string,
): Promise<Draft | null> => {
  const tracked = await store.tracked.get(projectKeyFromText(project));
  const wish = tracked === null ? null : appliedRef(tracked, sha256);
  if (tracked === null || wish === null) return null;
  return {
    digest: digestOf(wish.ref, wish.sha),
    bytes: 0,
    send: async () => {
      await forge.putRef(tracked.repo, wish);
      return null;
    },
  };
};
