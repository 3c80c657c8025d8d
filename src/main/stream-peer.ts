/** A connection's byte stream, as in Godot. No stream can be had or given yet: see {@link HTTPClient.connection}. */
export interface StreamPeer {
  getAvailableBytes(): number;
}
