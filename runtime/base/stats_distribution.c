/* The normal, Student's and the beta distribution. */
#include "base/stats.h"

#include <float.h>
#include <math.h>

double stats_normal_cdf(double z)
{
	return 0.5 * erfc(-z / sqrt(2));
}

/* Acklam's rational approximation, then one step of Halley's method: full double precision. */
double stats_normal_quantile(double p)
{
	static const double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,
		-2.759285104469687e+02, 1.383577518672690e+02, -3.066479806614716e+01,
		2.506628277459239e+00};
	static const double b[] = {-5.447609879822406e+01, 1.615858368580409e+02,
		-1.556989798598866e+02, 6.680131188771972e+01, -1.328068155288572e+01};
	static const double c[] = {-7.784894002430293e-03, -3.223964580411365e-01,
		-2.400758277161838e+00, -2.549732539343734e+00, 4.374664141464968e+00,
		2.938163982698783e+00};
	static const double d[] = {7.784695709041462e-03, 3.224671290700398e-01,
		2.445134137142996e+00, 3.754408661907416e+00};
	double tail = p < 0.5 ? p : 1 - p, x;
	if (tail < 0.02425) {
		double q = sqrt(-2 * log(tail));
		x = (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
		    ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
	} else {
		double q = tail - 0.5, r = q * q;
		x = (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
		    (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
	}
	double e = stats_normal_cdf(x) - tail;
	double u = e * sqrt(2 * M_PI) * exp(x * x / 2);
	x -= u / (1 + x * u / 2);
	return p < 0.5 ? x : -x;
}

/* Continued fraction of the incomplete beta function by Lentz's method (Numerical Recipes 6.4). */
static double beta_fraction(double a, double b, double x)
{
	double c = 1, d = 1 - (a + b) * x / (a + 1);
	d = 1 / (fabs(d) < DBL_MIN ? DBL_MIN : d);
	double h = d;
	for (int m = 1; m < 1000; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double step = 1;
		for (int part = 0; part < 2; part++) {
			double term = part == 0 ? even : odd;
			d = 1 + term * d;
			c = 1 + term / c;
			d = 1 / (fabs(d) < DBL_MIN ? DBL_MIN : d);
			if (fabs(c) < DBL_MIN)
				c = DBL_MIN;
			step = d * c;
			h *= step;
		}
		if (fabs(step - 1) < 1e-15)
			break;
	}
	return h;
}

double stats_beta_cdf(double x, double a, double b)
{
	if (x <= 0 || x >= 1)
		return x <= 0 ? 0 : 1;
	double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double stats_student_cdf(double t, double freedom)
{
	double tail = 0.5 * stats_beta_cdf(freedom / (freedom + t * t), freedom / 2, 0.5);
	return t > 0 ? 1 - tail : tail;
}

double stats_student_quantile(double p, double freedom)
{
	double high = 2;
	double wanted = p < 0.5 ? 1 - p : p;
	while (stats_student_cdf(high, freedom) < wanted && high < 1e300)
		high *= 2;
	double low = 0;
	for (int i = 0; i < 200 && high - low > 1e-13 * high; i++) {
		double middle = (low + high) / 2;
		if (stats_student_cdf(middle, freedom) < wanted)
			low = middle;
		else
			high = middle;
	}
	double t = (low + high) / 2;
	return p < 0.5 ? -t : t;
}
