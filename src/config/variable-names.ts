// The server decides these: each changes where the tool reads from, what it runs or how it is called.
const reserved =
  /^(?:PATH|HOME|USER|SHELL|PWD|TMPDIR|TMP|TEMP|ENV|BASH_ENV|IFS|NODE_OPTIONS|(?:LD|DYLD|GIT|TIDEGATE|XDG)_.*|TF_(?:CLI_ARGS.*|CLI_CONFIG_FILE|DATA_DIR|WORKSPACE|INPUT|IN_AUTOMATION|PLUGIN_CACHE_.*|REATTACH_PROVIDERS|LOG.*|TEMP_DIR))$/i;

export const variablePattern = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

export const isReserved = (name: string): boolean => reserved.test(name);

/** May somebody who is not the server set it for tools? */
export const maySetVariable = (name: string): boolean => variablePattern.test(name) && !isReserved(name);
