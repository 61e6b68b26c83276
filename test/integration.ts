/**
 * Test files of `npm run test:integration`: what goes through the local GitHub, real git on disk, terraform, or servers in processes of their
 * own. They are slow, because each process that is started is a copy of the memory of the one that starts it first.
 */
export const integration: readonly string[] = [
  'test/{attack,cli,e2e,git,hub}/**/*.test.ts',
  'test/contract/{forge*,git,runner*,sandbox}.test.ts',
  'test/config/repository-reader.test.ts',
  'test/doctor/{app,machine}.test.ts',
  'test/examples/people-*.test.ts',
  'test/flow/*-story.test.ts',
  'test/flow/{after-merge,applied-refs,atlantis,audit,automerge-hub,bad-input,board-altered,bots-approved,cancel}.test.ts',
  'test/flow/{deployments,destroy,discovery,early-show,environments,generate,layouts,lines-marked,locks,merge-queue}.test.ts',
  'test/flow/{metrics,mid-run,no-room,policies,policy-programs,recover,renamed,reports,restart,tool-versions,trust}.test.ts',
  'test/flow/{arrivals,retention,store-lost,watched-files,workflows}.test.ts',
  'test/forge/granted.test.ts',
  'test/releases/{refused,unused}.test.ts',
  'test/sandbox/{artifact,limits,local,stop,survival}.test.ts',
  'test/web/{environments,flood,hostile-requests,link,log,login,notifications,pending,routes,story,suspended}.test.ts',
];

/** What stays in `npm test` although it is of that kind: some twenty stories, to see that the parts fit. */
export const integrationInShort: readonly string[] = [
  'test/flow/deleted.test.ts',
  'test/flow/reviewed-is-applied.test.ts',
  'test/flow/road.test.ts',
];
