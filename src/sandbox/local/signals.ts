/** A process or group that is gone already is not an error. */
export const send = (pid: number, signal: 'SIGINT' | 'SIGKILL' | 'SIGUSR2'): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
};
