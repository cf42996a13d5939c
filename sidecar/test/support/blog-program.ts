import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler } from 'express';
import { createPool, type Pool, type ResultSetHeader } from 'mysql2/promise';

/** How a blog's program stores its comments: each of its two programs has its own words. */
export interface BlogSchema {
  table: string;
  id: string;
  words: string;
  /** It makes only ids that leave this rest when divided by 2. */
  idsFrom: 1 | 2;
}

/** A program that knows nothing of us: whatever its database refuses is an error of its own to it. */
export interface BlogProgram {
  url: string;
  end(): Promise<void>;
}

/**
 * Starts a program for comments. Each request is one statement or one transaction, as its author has thought of it.
 * @param url its account's, `mysql://user:password@host:port/schema`
 */
export async function startBlogProgram(url: string, schema: BlogSchema): Promise<BlogProgram> {
  const pool = createPool({ uri: url, connectionLimit: 8 });
  // As a server's own settings would have it.
  pool.on('connection', (connection) => {
    void connection.query(
      `SET SESSION auto_increment_increment = 2, auto_increment_offset = ${schema.idsFrom}`,
    );
  });
  const server = await new Promise<Server>((resolve) => {
    const listening = routes(pool, schema).listen(0, '127.0.0.1', () => resolve(listening));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async end() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await pool.end();
    },
  };
}

function routes(pool: Pool, { table, id, words }: BlogSchema): express.Express {
  const app = express();
  app.use(express.json());
  app.post('/posts/:post/comments', async (request, response) => {
    const [result] = await pool.query<ResultSetHeader>(
      `INSERT INTO ${table} (post_id, ${words}) VALUES (?, ?)`,
      [request.params.post, (request.body as { words: string }).words],
    );
    response.status(201).json({ id: result.insertId });
  });
  app.put('/comments/:comment', async (request, response) => {
    const [result] = await pool.query<ResultSetHeader>(`UPDATE ${table} SET ${words} = ? WHERE ${id} = ?`, [
      (request.body as { words: string }).words,
      request.params.comment,
    ]);
    response.status(result.affectedRows === 0 ? 404 : 204).end();
  });
  app.delete('/comments/:comment', async (request, response) => {
    const [result] = await pool.query<ResultSetHeader>(`DELETE FROM ${table} WHERE ${id} = ?`, [
      request.params.comment,
    ]);
    response.status(result.affectedRows === 0 ? 404 : 204).end();
  });
  const failed: ErrorRequestHandler = (error: Error, _request, response, next) => {
    if (response.headersSent) return next(error);
    response.status(500).json({ error: error.message });
  };
  app.use(failed);
  return app;
}
