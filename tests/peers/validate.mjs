// SPDX-License-Identifier: Apache-2.0
// npm's fhir on resources, one JSON a line on standard input; prints one JSON a line: the errors of each.
import { createInterface } from 'node:readline';
import fhir from 'fhir';

const validator = new fhir.Fhir();
for await (const line of createInterface({ input: process.stdin })) {
  const resource = JSON.parse(line);
  const found = validator.validate(resource, { errorOnUnexpected: true }).messages;
  const errors = found.filter((one) => ['error', 'fatal'].includes(one.severity));
  console.log(JSON.stringify(errors.map((one) => `${one.location}: ${one.message}`)));
}
