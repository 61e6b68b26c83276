import type { TestProject } from 'vitest/node';

/** The floor of design: type stripping without a flag, and `node:sqlite`. */
const floor = [22, 18] as const;

/** Runs once before all test files. Says which Node runs them, and refuses one that cannot. */
export const setup = (_project: TestProject): void => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  process.stdout.write(`Node ${process.version}\n`);
  if (major < floor[0] || (major === floor[0] && minor < floor[1])) {
    throw new Error(
      `The tests need Node ${floor.join('.')} or newer, this is ${process.version}. Run them with \`npm test\`, which finds the Node that \`npm ci\` installed.`,
    );
  }
};
