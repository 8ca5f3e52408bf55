// Starts Swagger UI on our OpenAPI document; nothing is asked of any other server.
// @ts-check
// @ts-ignore - the bundle makes this global
window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
  docExpansion: "list",
  tryItOutEnabled: true,
});
