import type { RequestSlots } from '../../shared/request-slots.ts';
import type { Traffic } from '../connection/surroundings.ts';
import type { OpenExchanges } from '../exchange/exchanges.ts';
import { FetchRequest } from './fetch-request.ts';

/** Whole requests by the browser's `fetch`. It has the connections, and does not tell of them. */
export function fetchRequests(traffic: Traffic): OpenExchanges {
  return (slots: RequestSlots, done) => ({
    make: (order) => new FetchRequest(order, { slots, traffic, done }),
    connections: [],
    stats: () => [],
    close: () => {},
  });
}
