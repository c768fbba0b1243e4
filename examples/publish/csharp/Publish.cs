using System;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.Tasks;

/// <summary>Publishes an event: CARILLON_URL=https://hooks.example CARILLON_KEY=cak_... dotnet run 17</summary>
static class Publish
{
    static void Main(string[] args)
    {
        Console.WriteLine(PublishOrder(int.Parse(args[0])).GetAwaiter().GetResult());
    }

    static async Task<string> PublishOrder(int order)
    {
        // id: your own. After a timeout, 429 or 5xx, send the same again: it is published once.
        // orderingKey: deliveries with the same key keep their order.
        var json = $@"{{
          ""id"": ""order-{order}-paid"",
          ""type"": ""payment.succeeded"",
          ""payload"": {{ ""order"": {order}, ""amount"": ""12.50"", ""currency"": ""EUR"" }},
          ""orderingKey"": ""order-{order}""
        }}";
        var url = Environment.GetEnvironmentVariable("CARILLON_URL") + "/admin/v1/tenants/acme/events";
        var key = Environment.GetEnvironmentVariable("CARILLON_KEY");
        using (var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) })
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
            var response = await client.PostAsync(url, new StringContent(json, Encoding.UTF8, "application/json"));
            var answer = await response.Content.ReadAsStringAsync();
            // 202: the event and its deliveries are on disk.
            if ((int)response.StatusCode != 202) throw new HttpRequestException((int)response.StatusCode + " " + answer);
            return answer;
        }
    }
}
