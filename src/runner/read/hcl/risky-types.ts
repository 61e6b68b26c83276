/** Types of data sources, ephemeral resources and actions that run a program of somebody's choice. */
export const runsPrograms = /external|script|shell|exec|command/;
/** Settings of providers that name a program, or a file that may name one, as `exec` of `kubernetes` and `shared_config_files` of `aws` do. */
export const namesPrograms = /exec|command|program|process|plugin|config_file|config_path|credentials_file/;
export const asksAddresses = /^http/;
export const readsFiles = /file|archive|template/;
/** Where those that read files are told which. */
export const pathAttributes = ['filename', 'source_dir', 'source_file', 'path', 'template', 'base_path'];
