import { readdirSync } from 'node:fs';
import { Counter, Gauge, type Registry } from 'prom-client';

/** Open handles of this process; null where there is no `/proc`. */
const openHandles = (): number | null => {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return null;
  }
};

/**
 * The usual metrics of a process, under their usual names. Not prom-client's own set: that one starts a timer that wakes the
 * process a hundred times a second and an observer for every garbage collection.
 * https://github.com/siimon/prom-client/blob/v15.1.3/lib/metrics/eventLoopLag.js
 *
 * @param startedAt Unix milliseconds
 */
export const registerProcessMetrics = (registry: Registry, startedAt: number): void => {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number | null): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read() ?? Number.NaN);
      },
    });
  };
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Time on a processor, user and system.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  gauge('process_start_time_seconds', 'Start of the server, Unix time.', () => startedAt / 1000);
  gauge('process_open_fds', 'Open file descriptors.', openHandles);
  gauge('nodejs_heap_size_used_bytes', 'Used heap.', () => process.memoryUsage().heapUsed);
  gauge('nodejs_external_memory_bytes', 'Memory outside the heap.', () => process.memoryUsage().external);
};
