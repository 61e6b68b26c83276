/** Types of data sources, ephemeral resources and actions that run a program of somebody's choice. */
export const runsPrograms = /external|script|shell|exec|command/;
export const asksAddresses = /^http/;
export const readsFiles = /file|archive|template/;
/** Where those that read files are told which. */
export const pathAttributes = ['filename', 'source_dir', 'source_file', 'path', 'template', 'base_path'];
