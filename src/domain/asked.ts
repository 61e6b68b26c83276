import type { PressId } from './ids.ts';

/** What somebody asked with: the number of a comment, or the name of a press of a button. */
export type AskId = number | PressId;

export const isPress = (id: AskId): id is PressId => typeof id === 'string';

/** @throws {TypeError} for a press: what only a comment can ask for was asked by something else, which is our bug. */
export const commentIdOf = (id: AskId): number => {
  if (isPress(id)) throw new TypeError('a press of a button is no comment');
  return id;
};

/** The two columns of a row that was asked for. */
export const askedWith = (
  id: AskId | null,
): { readonly commentId: number | null; readonly press: PressId | null } => ({
  commentId: id === null || isPress(id) ? null : id,
  press: id !== null && isPress(id) ? id : null,
});

export const askIdOf = (asked: {
  readonly commentId: number | null;
  readonly press?: PressId | null;
}): AskId | null => asked.press ?? asked.commentId;
