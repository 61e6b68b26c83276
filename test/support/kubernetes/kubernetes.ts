import { createSystemClock } from '../../../src/clock/system.ts';
import { type Cluster, type ClusterOptions, startCluster } from '../../../src/cluster/cluster.ts';

export type Kubernetes = Cluster;

/** The Kubernetes API of this machine, in the time of this machine. */
export const startKubernetes = (options: Partial<ClusterOptions> = {}): Promise<Kubernetes> =>
  startCluster({ clock: createSystemClock(), ...options });
