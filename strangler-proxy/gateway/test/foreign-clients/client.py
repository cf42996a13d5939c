"""What Python's http.client gets from a program: several requests on one connection, and bodies of both kinds."""
import http.client
import json
import sys

host, port = sys.argv[1], int(sys.argv[2])
connection = http.client.HTTPConnection(host, port, timeout=60)
answers = []


def ask(method, path, **more):
    connection.request(method, path, **more)
    answer = connection.getresponse()
    answers.append([answer.status, answer.getheader("X-Own"), answer.read().decode()])


ask("GET", "/echo?a=1")
ask("POST", "/echo", body="hello", headers={"Content-Type": "text/plain"})
ask("PUT", "/echo", body=iter([b"in ", b"chunks"]), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
ask("HEAD", "/echo")
ask("DELETE", "/echo")
ask("GET", "/chunks")
print(json.dumps(answers))
