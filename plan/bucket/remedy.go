package bucket

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
)

// remedies are by S3's name of the error.
var remedies = map[string]string{
	"AccessDenied":                 "the credentials need the right to list, read, write and delete below the bucket's prefix",
	"AllAccessDisabled":            "the bucket's owner has to enable it",
	"InvalidAccessKeyId":           "the access key is unknown there: check AWS_ACCESS_KEY_ID or AWS_PROFILE, and the endpoint",
	"XAdminUserNotFound":           "the access key is unknown there: check AWS_ACCESS_KEY_ID or AWS_PROFILE, and the endpoint",
	"SignatureDoesNotMatch":        "the secret key does not belong to the access key: check AWS_SECRET_ACCESS_KEY or AWS_PROFILE",
	"ExpiredToken":                 "the session token has expired: sign in again",
	"InvalidToken":                 "the session token is not valid: sign in again",
	"RequestTimeTooSkewed":         "this machine's clock is wrong: set it",
	"AuthorizationHeaderMalformed": "the region is probably wrong: add ?region=… to the bucket URL",
	"PermanentRedirect":            "the bucket is in another region: add ?region=… to the bucket URL",
	"NoSuchBucket":                 "create it, or check its name and the endpoint",
	"InvalidBucketName":            "a bucket's name has 3 to 63 small letters, digits, '.' and '-'",
	"KeyTooLongError":              "choose a shorter prefix or job name",
	"ObjectParentIsFile":           "an object stands where a directory is needed: choose another prefix",
}

// remedy says what can be done about an error, where that is known.
func remedy(err error) string {
	if errors.Is(err, context.Canceled) || errors.Is(err, ErrNotExist) || errors.Is(err, ErrExist) {
		return ""
	}
	if r := remedies[code(err)]; r != "" {
		return r
	}
	switch {
	case errors.Is(err, ErrNoBucket):
		return remedies["NoSuchBucket"]
	case plainHTTP(err):
		return "the endpoint speaks http, not https"
	case untrusted(err):
		return "let SSL_CERT_FILE name a file with the certificate of its authority"
	case errors.Is(err, ErrUnreachable), errors.Is(err, io.EOF):
		return "check the endpoint, the network and the proxy settings"
	case errors.Is(err, ErrDenied) && noCredentials(err):
		return "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
	case errors.Is(err, ErrDenied):
		return remedies["AccessDenied"]
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room on the disk, or choose another directory"
	case errors.Is(err, syscall.EROFS):
		return "choose a directory on a writable file system"
	case errors.Is(err, os.ErrPermission):
		return "give this user the right to read and write there, or choose another directory"
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR):
		return "a file stands where a directory is needed, or the other way round: move it away"
	case errors.Is(err, syscall.ELOOP), leavesRoot(err):
		return "symbolic links must stay inside the bucket's directory: name the real directory"
	case strings.Contains(err.Error(), "Invalid region"):
		return "there is no region: set AWS_REGION, or add ?region=… to the bucket URL"
	case strings.Contains(err.Error(), "no driver registered"):
		return "this program was built without that kind of store"
	}
	return ""
}

// leavesRoot recognizes os.Root's refusal, which has no exported value.
func leavesRoot(err error) bool {
	return strings.Contains(err.Error(), "path escapes from parent")
}
