// SPDX-License-Identifier: Apache-2.0
// The page begins without a token and keeps none: what is typed under "Authorize" is gone with it.
window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: "doc.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    persistAuthorization: false,
    displayRequestDuration: true,
    validatorUrl: null,
  });
});
