import city.onecard.ApiClient;
import city.onecard.api.DefaultApi;
import city.onecard.model.BatchRequest;
import city.onecard.model.VerificationRequest;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;

/** Taps a gateway through the client that openapi-generator made: url, device token and presentations come as JSON. */
public final class Tap {
  private static DefaultApi api(String url, String token) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(url);
    // Shapes of the document are closed: read strictly, a problem among the results of a batch is no decision.
    client.setObjectMapper(
        ApiClient.createDefaultObjectMapper().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES));
    client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + token));
    return new DefaultApi(client);
  }

  public static void main(String[] args) throws Exception {
    ObjectMapper json = ApiClient.createDefaultObjectMapper();
    JsonNode given = json.readTree(System.in);
    String url = given.get("url").asText();
    var session = api(url, given.get("token").asText()).openSession();
    DefaultApi api = api(url, session.getToken());
    ObjectNode told = json.createObjectNode();
    told.put("class", session.getPropertyClass().getValue());
    told.put("ready", api.ready().getOk());
    ArrayNode singles = told.putArray("singles");
    for (JsonNode each : given.get("singles")) {
      var decision = api.verify(json.treeToValue(each, VerificationRequest.class));
      singles.addObject().put("outcome", decision.getOutcome().getValue()).put("code", decision.getCode());
    }
    var items = new ArrayList<VerificationRequest>();
    for (JsonNode each : given.get("batch")) items.add(json.treeToValue(each, VerificationRequest.class));
    ArrayNode codes = told.putArray("batch");
    ArrayNode kinds = told.putArray("batch_kinds");
    for (var each : api.verifyBatch(new BatchRequest().items(items)).getResults()) {
      Object actual = each.getActualInstance();
      codes.add(json.valueToTree(actual).get("code").asText());
      kinds.add(actual.getClass().getSimpleName());
    }
    System.out.println(json.writeValueAsString(told));
  }
}
