package secret

import "strings"

// maskedWords are parts of option names whose values Flink shows as ****** in
// its log and web UI (GlobalConfiguration.SENSITIVE_KEYS). A secret under any
// other name would be printed when Flink starts.
var maskedWords = []string{
	"password", "secret", "fs.azure.account.key", "apikey", "api-key", "auth-params",
	"service-key", "token", "basic-auth", "jaas.config", "http-headers",
}

// Masked reports whether Flink hides the value of an option.
func Masked(key string) bool {
	key = strings.ToLower(key)
	for _, w := range maskedWords {
		if strings.Contains(key, w) {
			return true
		}
	}
	return false
}
