// Runs on: old Bun
// Bun before 1.4 is told at once to be updated.
import assert from 'node:assert/strict';
import { ErrorCode, HTTPClient, Status } from 'tickhttp';
import { SERVERS } from './loop.mjs';

const http = new HTTPClient();
assert.equal(http.connectToHost('127.0.0.1', SERVERS.http), ErrorCode.ERR_UNAVAILABLE);
assert.equal(http.getStatus(), Status.CANT_CONNECT);
assert.equal(http.getLastError()?.code, 'WORKER_NOT_STARTED');
assert.match(http.getLastError()?.message ?? '', /this is Bun 1\.3.*update it to 1\.4 or later/);
