import type { FileOutline } from '../../../domain/declared/outline.ts';
import type { FileFacts } from '../../port.ts';

/** What crosses the channel between the reader and its process: a list of questions, then the list of their answers, in turn. */
export interface Question {
  readonly fileName: string;
  readonly syntax: 'hcl' | 'json';
  readonly text: string;
  /** `outline`: what stands on which lines. */
  readonly about: 'facts' | 'outline';
}

/** `spent`: the parser is not as it was, and reads nothing more that can be believed. */
export type Answer =
  | { readonly facts: FileFacts }
  | { readonly outline: FileOutline }
  | { readonly error: string; readonly spent?: boolean };

const isQuestion = (message: unknown): message is Question =>
  typeof message === 'object' &&
  message !== null &&
  'fileName' in message &&
  typeof message.fileName === 'string' &&
  'syntax' in message &&
  (message.syntax === 'hcl' || message.syntax === 'json') &&
  'text' in message &&
  typeof message.text === 'string' &&
  'about' in message &&
  (message.about === 'facts' || message.about === 'outline');

export const isQuestions = (message: unknown): message is readonly Question[] =>
  Array.isArray(message) && message.every(isQuestion);

/** The process is ours, but it runs a stranger's parser on strangers' text. */
const isAnswer = (message: unknown): message is Answer =>
  typeof message === 'object' &&
  message !== null &&
  (('error' in message && typeof message.error === 'string') ||
    ('facts' in message && typeof message.facts === 'object' && message.facts !== null) ||
    ('outline' in message && typeof message.outline === 'object' && message.outline !== null));

/** Fewer than there were questions, where the parser did not live to see the others. Null for what is none of ours. */
export const answersIn = (message: unknown, questions: number): readonly Answer[] | null =>
  Array.isArray(message) && message.length > 0 && message.length <= questions && message.every(isAnswer)
    ? message
    : null;
