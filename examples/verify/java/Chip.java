import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/** The dialect chip. */
class Chip {
    /**
     * Whether the body was signed for the webhook with this public_key (PEM). signature is the
     * header X-Signature ("" when missing); body is the bytes as they came, before any parser.
     */
    static boolean isGenuine(String signature, byte[] body, String publicKey) {
        try {
            byte[] der = Base64.getMimeDecoder().decode(publicKey.replaceAll("-----[A-Z ]+-----", ""));
            Signature verifier = Signature.getInstance("SHA256withRSA");
            verifier.initVerify(KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(der)));
            verifier.update(body);
            return verifier.verify(Base64.getDecoder().decode(signature));
        } catch (GeneralSecurityException | IllegalArgumentException error) {
            return false;
        }
    }
}
