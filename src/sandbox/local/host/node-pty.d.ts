/**
 * What is used of node-pty. Written out here because the package is optional: where it can not be built the rest still has to
 * compile.
 */
declare module 'node-pty' {
  interface Terminal {
    readonly pid: number;
    onData(listener: (data: Buffer) => void): unknown;
    onExit(listener: (end: { readonly exitCode: number; readonly signal?: number }) => void): unknown;
  }
  interface TerminalOptions {
    readonly name: string;
    readonly cols: number;
    readonly rows: number;
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    /** Null for bytes. */
    readonly encoding: null;
  }
  export function spawn(file: string, args: readonly string[], options: TerminalOptions): Terminal;
}
