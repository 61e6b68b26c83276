/** An expression of the Terraform language, as far as it is evaluated before a tool starts. */
export type Expression =
  | { readonly kind: 'value'; readonly value: string | number | boolean | null }
  /** Text with what is put in. One part that is no text is that part's own value, whatever its type. */
  | { readonly kind: 'template'; readonly parts: readonly Expression[] }
  /** `var.a`, `local.b`, `path.module`, `terraform.workspace`: the first two names. */
  | { readonly kind: 'reference'; readonly of: string; readonly name: string }
  | { readonly kind: 'index'; readonly from: Expression; readonly key: Expression }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Expression, Expression])[] }
  | {
      readonly kind: 'choice';
      readonly when: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  | { readonly kind: 'not'; readonly of: Expression }
  | {
      readonly kind: 'both';
      readonly operator: '&&' | '||' | '==' | '!=';
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'call'; readonly name: string; readonly given: readonly Expression[] };

/** The text is no expression, or has something in it that is not evaluated here. */
export class NotEvaluated extends Error {
  override readonly name = 'NotEvaluated';
}

export const giveUp = (because: string): never => {
  throw new NotEvaluated(because);
};

/** Deeper nesting is given up on: the stack of this process is finite. */
export const deepestNesting = 40;
