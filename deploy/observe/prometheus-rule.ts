/** The alert rules as the Prometheus operator takes them, written to `deploy/k8s/monitoring/` by `npm run docs`. */

const HEAD = `# Written from deploy/observe/rules.yaml by npm run docs: change it there.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: onecard-gateway
  labels: { app.kubernetes.io/name: onecard-gateway }
spec:
`;

/** `rules`: the text of a file of rules, which stays as it is, further in. */
export function prometheusRule(rules: string): string {
  const lines = rules.split('\n').filter((line) => !line.startsWith('#'));
  return HEAD + lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n');
}
