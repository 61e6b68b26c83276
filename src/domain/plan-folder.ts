/** In the folder of a plan: the tool's saved plan, and the summary that some tools write. */
export const planFileName = 'plan.bin';
export const summaryName = 'summary.json';
/** Outputs of other projects, for the tool to read. */
export const feedsName = 'feeds.json';
