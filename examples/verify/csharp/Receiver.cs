using System;
using System.Collections.Generic;
using System.Collections.Specialized;
using System.IO;
using System.Net;
using System.Text;

/// <summary>
/// Verifies deliveries of every dialect, at the path of its name:
/// PORT=9000 STANDARD_SECRET=whsec_... dotnet run
/// </summary>
static class Receiver
{
    const int BodyBytesMax = 2 * 1024 * 1024;

    delegate bool Check(NameValueCollection headers, byte[] body, string secret);

    static readonly Check IsStandard = (headers, body, secret) => Standard.IsGenuine(
        headers["webhook-id"] ?? "", headers["webhook-timestamp"] ?? "", headers["webhook-signature"] ?? "", body, secret);

    static readonly Dictionary<string, Check> Checks = new Dictionary<string, Check>
    {
        ["standard"] = IsStandard,
        ["diddo"] = IsStandard,
        ["calypso"] = (headers, body, secret) => Calypso.IsGenuine(headers["Sign"] ?? "", body, secret),
        ["chip"] = (headers, body, publicKey) => Chip.IsGenuine(headers["X-Signature"] ?? "", body, publicKey),
        ["spritz"] = (headers, body, secret) => Spritz.IsGenuine(headers["Signature"] ?? "", body, secret),
    };

    static int Receive(HttpListenerRequest request)
    {
        var dialect = request.Url.AbsolutePath.Substring(1);
        var secret = Environment.GetEnvironmentVariable(dialect.ToUpperInvariant() + "_SECRET");
        if (!Checks.TryGetValue(dialect, out var isGenuine) || string.IsNullOrEmpty(secret)) return 404;
        if (request.ContentLength64 > BodyBytesMax) return 413;
        // The raw bytes: a JSON parser comes after the verification.
        var body = new MemoryStream();
        request.InputStream.CopyTo(body);
        if (!isGenuine(request.Headers, body.ToArray(), secret)) return 400;
        Console.WriteLine("received " + dialect + " " + Encoding.UTF8.GetString(body.ToArray()));
        return 200;
    }

    static void Main()
    {
        var listener = new HttpListener();
        var port = Environment.GetEnvironmentVariable("PORT") ?? "9000";
        listener.Prefixes.Add("http://127.0.0.1:" + port + "/");
        listener.Start();
        Console.WriteLine("ready");
        while (true)
        {
            var context = listener.GetContext();
            try
            {
                context.Response.StatusCode = Receive(context.Request);
            }
            catch (Exception error)
            {
                Console.Error.WriteLine(error);
                context.Response.StatusCode = 500;
            }
            context.Response.Close();
        }
    }
}
