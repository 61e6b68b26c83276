/** Where in the repository, at the head of the pull request, a change of a plan comes from. */
export interface Place {
  /** As the summary has it. */
  readonly address: string;
  /** Relative to the repository; never a symbolic link. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** The last line of the block, or of the argument. */
  readonly endLine: number;
  /**
   * What begins on that line. `block`: the one that declares it. `argument`: what causes the change, in that block or where the value
   * comes from. `call`: a module call that brings it, where the block itself is in another repository. `moved`, `removed`: blocks that
   * speak of it.
   */
  readonly on: 'block' | 'argument' | 'call' | 'moved' | 'removed';
  /** Name of the argument that begins there. */
  readonly argument: string | null;
  /** Programs of the operator that said no and named the address, with what they said. */
  readonly policies?: readonly { readonly name: string; readonly because: string }[] | undefined;
}
