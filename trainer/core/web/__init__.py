"""HTTP's own concerns, one small file each: headers, cookies, CSRF, errors, language."""
