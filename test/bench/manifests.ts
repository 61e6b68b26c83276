import { createSystemClock } from '../../src/clock/system.ts';
import { difference } from '../../src/helm/manifests/difference.ts';
import { readManifest } from '../../src/helm/manifests/objects.ts';
import { unpredictable } from '../../src/helm/manifests/unpredictable.ts';
import { type Figure, figure, median } from './figure.ts';

const many = 5_000;
const rounds = 5;

const deployment = (index: number, version: string): string => `---
# Source: big/templates/deployments.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-${index}
  labels:
    app.kubernetes.io/name: web
    app.kubernetes.io/instance: web-${index}
    helm.sh/chart: big-${version}
spec:
  replicas: ${index % 10 === 0 ? version.length + 2 : 3}
  selector:
    matchLabels:
      app: web-${index}
  template:
    metadata:
      labels:
        app: web-${index}
    spec:
      containers:
        - name: web
          image: "registry.example.com/web:1.2.${index}"
          ports:
            - containerPort: 8080
              name: http
          env:
            - name: LEVEL
              value: "info"
            - name: PASSWORD
              valueFrom:
                secretKeyRef:
                  name: web
                  key: password
          resources:
            limits:
              cpu: 100m
              memory: 128Mi
`;

const chart = (version: string): string =>
  Array.from({ length: many }, (_, index) => deployment(index, version)).join('');

/** A chart of 5,000 objects whose version changes, and with it every one of them: from three texts to the items of a plan. */
export const run = async function* (): AsyncIterable<Figure> {
  const clock = createSystemClock();
  const [base, next] = [chart('1.0.0'), chart('1.10.0')];
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = clock.monotonic();
    const options = { namespace: 'web', clusterWide: new Set<string>(), known: new Map() };
    const before = readManifest(base, options).objects;
    const after = readManifest(next, options).objects;
    const odd = unpredictable(after, readManifest(next, options).objects);
    const found = difference({
      before,
      after,
      live: new Map(),
      owner: { release: 'big', namespace: 'web' },
      takesOwnership: false,
    });
    times.push(clock.monotonic() - start);
    if (found.items.length !== many || odd.length > 0) throw new Error('not what was to be measured');
  }
  yield figure({
    bench: 'manifests',
    case: 'seconds',
    value: median(times) / 1000,
    unit: 'seconds',
    aim: { op: '<=', limit: 2 },
  });
};
