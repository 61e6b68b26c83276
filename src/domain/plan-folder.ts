/** In the folder of a plan: the tool's saved plan, and the summary that some tools write. */
export const planFileName = 'plan.bin';
export const summaryName = 'summary.json';
