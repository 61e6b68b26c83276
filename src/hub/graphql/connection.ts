/** One page of a list as GraphQL has it; cursors are places in the list. */
export const connection = <T>(items: readonly T[], after: unknown, size = 100) => {
  const start = typeof after === 'string' ? Number(after) : 0;
  const end = Math.min(start + size, items.length);
  return {
    totalCount: items.length,
    pageInfo: { hasNextPage: end < items.length, endCursor: end === start ? null : String(end) },
    nodes: items.slice(start, end),
  };
};
