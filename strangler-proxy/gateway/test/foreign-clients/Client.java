import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

/** What the JDK's HttpClient gets from a program, as it comes: with its wish for HTTP/2. */
public class Client {
    public static void main(String[] arguments) throws Exception {
        var client = HttpClient.newHttpClient();
        var to = URI.create(arguments[0]);
        ask(client, HttpRequest.newBuilder(to.resolve("/echo?a=1")).GET());
        ask(client, HttpRequest.newBuilder(to.resolve("/echo")).POST(BodyPublishers.ofString("hello")));
        ask(client, HttpRequest.newBuilder(to.resolve("/echo")).PUT(BodyPublishers.ofInputStream(
            () -> new java.io.ByteArrayInputStream("in chunks".getBytes()))));
        ask(client, HttpRequest.newBuilder(to.resolve("/echo")).DELETE());
        ask(client, HttpRequest.newBuilder(to.resolve("/chunks")).GET());
    }

    static void ask(HttpClient client, HttpRequest.Builder request) throws Exception {
        var answer = client.send(request.build(), BodyHandlers.ofString());
        System.out.println(answer.statusCode() + " " + answer.headers().firstValue("X-Own").orElse("") + " " + answer.body());
    }
}
